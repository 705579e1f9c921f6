"""The use cases: they join the packages below, print nothing, and report what happens through an events object."""
