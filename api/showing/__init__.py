"""The pages that members and visitors see: of a community, a member and a badge, and the forms on them."""
