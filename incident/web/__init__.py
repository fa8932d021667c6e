"""The console and the API: the same acts for people who would rather look than type, and for other systems.

    app.py       routes, one list; what stands around all of them
    security/    who asks, what they may, and what every answer says to the browser
    pages/       a module a page: forms that work without JavaScript, kept live by server-sent events
    api/         a module a resource: the structs of `incident.views` as JSON
    live.py      who waits for news of what, told within a second

Everything that decides is in `incident.service`; nothing here writes but through it.
"""
