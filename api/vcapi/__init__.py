"""The W3C VC-API: verifying for everybody and, where an installation issues, issuing."""
