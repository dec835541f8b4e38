"""The daemon: twistd --nodaemon --python twistd.tac

`provd run` starts it so; under systemd or by hand PROVD_CONFIG and the PROVD_ variables of
provd.yaml tell it where its data lies.
"""

import os
import sys

from provd import compiled

compiled.use()  # for whatever is imported from here on

from twisted.application.service import Application
from twisted.logger import ILogObserver

from provd.daemon import service_from
from provd.logs import twisted_observer

# A thread that computes hands the interpreter to the reactor after so many seconds (usually 0.005):
# phones that are answered from memory wait for it.
sys.setswitchinterval(0.001)

application = Application("provd")
application.setComponent(ILogObserver, twisted_observer)
service_from(os.environ).setServiceParent(application)
