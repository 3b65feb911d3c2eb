"""What it costs to take in what people tell us, over HTTP, while parts of the portal are killed."""
