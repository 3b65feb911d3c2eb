"""Pages about conditions: periods, reports, and what people decide about findings and steps."""
