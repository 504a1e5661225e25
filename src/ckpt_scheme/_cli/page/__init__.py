"""The page of ``report``: a catalog as one HTML file that needs no network. Nothing here reads a clock or a tree."""
