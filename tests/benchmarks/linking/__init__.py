"""How well records are linked: labelled populations, public data sets, yardsticks and the time it takes."""
