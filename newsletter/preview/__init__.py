"""The local page that shows an issue before it is sent: a second front end over app/."""
