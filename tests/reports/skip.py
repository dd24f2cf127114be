"""Tests that need what a machine may lack."""
import sys


def skip(reason):
    print("skipped: " + reason)
    sys.exit(77)
