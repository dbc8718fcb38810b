"""Two-way customer sync between Clopos (point of sale) and Check&Place (guest CRM)."""

__version__ = "0.1.0"
