"""What the product costs, measured beside a baseline in the same run: `./run bench`, `./run bench NAME`."""
