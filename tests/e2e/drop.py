"""Drops a file on a window as a file manager does: XDND version 5, spoken by a window of its own.

    drop.py DISPLAY WINDOW X Y PATH      (X, Y on the screen)
"""

import sys
import time
from urllib.parse import quote

from Xlib import X, display
from Xlib.protocol import event


def main():
    name, target, x, y, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    d = display.Display(name)
    root = d.screen().root
    source = root.create_window(0, 0, 10, 10, 0, d.screen().root_depth)
    window = d.create_resource_object("window", target)
    atom = d.intern_atom
    uris = atom("text/uri-list")

    def tell(kind, *data):
        words = list(data) + [0] * (5 - len(data))
        message = event.ClientMessage(window=window, client_type=atom(kind), data=(32, words))
        window.send_event(message, event_mask=0)
        d.flush()

    selection = atom("XdndSelection")
    source.set_selection_owner(selection, X.CurrentTime)
    tell("XdndEnter", source.id, 5 << 24, uris, 0, 0)

    dropped = False
    until = time.time() + 10
    while time.time() < until:
        if not dropped:
            # Some toolkits ask for the data between two positions, and accept at a later one.
            tell("XdndPosition", source.id, 0, (x << 16) | y, X.CurrentTime, atom("XdndActionCopy"))
        time.sleep(0.05)
        while d.pending_events():
            said = d.next_event()
            if said.type == X.SelectionRequest:
                text = ("file://" + quote(path) + "\r\n").encode()
                said.requestor.change_property(said.property, uris, 8, text)
                answer = event.SelectionNotify(
                    time=said.time,
                    requestor=said.requestor,
                    selection=said.selection,
                    target=said.target,
                    property=said.property,
                )
                said.requestor.send_event(answer)
                d.flush()
            elif said.type == X.ClientMessage:
                kind = d.get_atom_name(said.client_type)
                if kind == "XdndStatus" and said.data[1][1] & 1 and not dropped:
                    tell("XdndDrop", source.id, 0, X.CurrentTime)
                    dropped = True
                elif kind == "XdndFinished":
                    return 0
    print("the window did not take the file" if dropped else "the window does not accept drops", file=sys.stderr)
    return 1


sys.exit(main())
