"""The Runtime API and the programs that speak it inside of an environment."""
