"""Who is who in a community, where she stands and why, and in which cohort."""
