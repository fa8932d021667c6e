"""Tests of ring 0: the rules alone, without a database, a clock or a screen."""
