"""When a worker works: an alarm clock, the loop it wakes, and the file by which a worker is known.

Holds no state that counts: what is due stands in the store. Whoever is killed here loses nothing.
"""
