"""What workers do for complaints."""
