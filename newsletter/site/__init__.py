"""What a site's own generator does: its configuration, its addresses, what of it is public."""
