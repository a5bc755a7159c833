"""How well labels and summaries agree with their gold, and how sure that is."""
