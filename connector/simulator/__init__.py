"""Both APIs as real HTTP servers over one small world, for tests, demos and integrators without credentials.

`world.World` is the way in: it fills both stores from a seeded population (`population`), keeps the truth about it
apart from the wire (`people`, `labels`), and holds switches (`switchboard`), planned faults and the request log
(`kit`). `server.RunningServer` serves it on a port, `world.asgi` in-process; `control` is what staff and tests do to
it. Each side is written from its contract alone (docs/api/): `clopos/` and `checkandplace/`. Nothing here is a claim
about a vendor, and nothing here imports the product: a simulator that shares the client's code proves nothing about
the client.
"""
