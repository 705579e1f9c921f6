"""From a message to its delivery: recipients, batches, the journal, the providers."""
