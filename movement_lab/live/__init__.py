"""A camera judged while it runs: pose at once, coach and count beside it, the same `assess` as for files.

Two processes a camera, both off the network: `pose_process` answers each picture, `analysis_process`
coaches (`coach`) and counts (`judging`, `counting`) on a window of the last seconds. `session` is both as
the server sees them, `sessions` all cameras of a server.
"""

from movement_lab.live.analysis_process import LiveSettings
from movement_lab.live.session import Answer, LiveSession
from movement_lab.live.sessions import LiveSessions

__all__ = ["Answer", "LiveSession", "LiveSessions", "LiveSettings"]
