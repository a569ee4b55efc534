#!/usr/bin/env python
"""Django's command line for Airtight."""

import os
import sys

from revops.command_line import main

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "revops.settings")
    main(sys.argv)
