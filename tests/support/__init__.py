"""What the integration tests need around framebroker: real servers, real clips, processes."""
