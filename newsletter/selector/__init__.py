"""Select the articles of an issue, in order, and give a reason for each of the others."""
