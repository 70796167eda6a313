"""Applications that come to nothing: withdrawn by the group, or lapsed; what was reserved is free again."""
