"""Mails, and how they are sent."""
