"""What can be done in the workspace: verbs over the store, without a page or a request.

Pages and the JSON API call these; nothing here knows Flask. A verb takes the store first, changes rows in
one transaction, and moves files so that a crash at any moment loses nothing that was accepted.
"""
