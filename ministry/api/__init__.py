"""What every programming interface of the portal has in common: tokens, scopes, problems, bounded JSON."""
