"""The actions on a wallet: what they return, what they announce, what they refuse."""
