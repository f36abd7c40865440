"""What X-Ray's documents mean: the rules that the analysis half and the embedded AWS share.

Pure functions over plain values, each rule once and with its source. `tests/graph` compares the two
graphs that are made with them, the embedded AWS's and the one from span frames.
"""
