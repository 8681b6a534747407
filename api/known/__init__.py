"""What a verification has at hand: documents, registries and policies, ours and those of the operator."""
