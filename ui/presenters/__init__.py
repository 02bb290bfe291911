"""Presenters: plain objects between views and services. They own tasks and state; views own neither."""
