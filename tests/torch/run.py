"""Runs test modules of this folder: run.py NAME...       (exit status 77, CTest's "skipped": no PyTorch)"""
import os
import sys
import unittest

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [here, os.path.join(here, "../../traces/torch")]

if __name__ == "__main__":
    try:
        import torch
    except ImportError as error:
        print(f"skipped: {sys.executable} has no PyTorch ({error})")
        sys.exit(77)
    torch.set_num_threads(1)
    unittest.main(module=None, argv=["run.py", *sys.argv[1:]])
