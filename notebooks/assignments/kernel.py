"""The kernel of a submission under grading: first the walls, then ipykernel behind them.

    kernel.py SETTINGS CONNECTION_FILE [OPTION ...]

SETTINGS is JSON: `desk`, the only folder to write in; `memory` and `file`, limits in bytes;
`hide`, folders to cover with empty ones, or null where this process may not mount. With "probe"
for the connection file nothing is started: the exit status tells whether the walls stand.
"""

import builtins
import ctypes
import json
import math
import os
import resource
import socket
import sys

TEST_FOLLOWS = "# The next cell is a test."  # as a silent request from the grader
MS_RDONLY, MS_REMOUNT, MS_BIND = 1, 32, 4096
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
GUARDED = ("numpy", "keras", "tensorflow", "ganlib")


def mount(source, target, kind=None, flags=0, options=None):
    """The system call of the same name; the command would resolve a covered path anew."""
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [text and os.fsencode(text) for text in (source, target, kind)]
    if libc.mount(*arguments, ctypes.c_ulong(flags), options):
        raise OSError(ctypes.get_errno(), f"Expected to mount over {target}")


def build_walls(desk, hide):
    """Cover the hidden folders, make the rest read-only, and give up the right to undo it."""
    os.chdir(desk)
    for folder in filter(os.path.isdir, hide):
        mount("none", folder, "tmpfs", options=b"size=64m")
    os.makedirs(desk, exist_ok=True)  # it lies in a folder that has just been covered
    mount(".", desk, flags=MS_BIND)
    os.chdir(desk)
    try:
        mount(None, "/", flags=MS_REMOUNT | MS_BIND | MS_RDONLY)
    except OSError:  # some containers lock the flags of their root
        print("The file system stays writable.", file=sys.stderr)
    prctl = ctypes.CDLL(None).prctl
    for capability in range(64):  # beyond the last one the call fails, which is harmless
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def refuse_network(event, arguments):
    """An audit hook, which Python code cannot remove: no Internet sockets, no look-ups."""
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"):
        if arguments[0].family in (socket.AF_INET, socket.AF_INET6):
            raise PermissionError("There is no network while a submission is graded.")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        raise PermissionError("There is no network while a submission is graded.")


class Guard:
    """Puts back what a test relies on and a submission may have replaced, before each test.

    Args:
        shell: IPython's InteractiveShell, before it has run any cell.
    """

    def __init__(self, shell):
        self.shell = shell
        self.names = {k: v for k, v in shell.user_ns.items() if hasattr(builtins, k)}
        self.hooks = ("input_transformers_cleanup", "input_transformers_post", "ast_transformers")
        self.hooks = {name: list(getattr(shell, name)) for name in self.hooks}
        self.own = set(vars(shell))
        self.modules = {module: self.contents(module) for module in (builtins, math)}
        self.remember()

    @staticmethod
    def contents(module):
        return {k: v for k, v in vars(module).items() if not k.startswith("_")}

    def remember(self):
        """Note the contents of the guarded modules that have been imported since."""
        for name, module in list(sys.modules.items()):
            if name.startswith(GUARDED) and "._" not in name and ".src" not in name:
                self.modules.setdefault(module, self.contents(module))

    def restore(self):
        for module, contents in self.modules.items():
            for name, value in contents.items():
                if vars(module).get(name) is not value:
                    setattr(module, name, value)
        for name in [n for n in self.shell.user_ns if n[0] != "_" and hasattr(builtins, n)]:
            if name in self.names:
                self.shell.user_ns[name] = self.names[name]
            else:
                del self.shell.user_ns[name]
        for name, functions in self.hooks.items():
            getattr(self.shell, name)[:] = functions
        for callbacks in self.shell.events.callbacks.values():
            callbacks[:] = [f for f in callbacks if getattr(f, "__module__", "") != "__main__"]
        for name in set(vars(self.shell)) - self.own:
            if callable(getattr(type(self.shell), name, None)):  # a method has been replaced
                delattr(self.shell, name)
        self.shell.custom_exceptions = ()


def graded_kernel():
    from ipykernel.ipkernel import IPythonKernel

    class GradedKernel(IPythonKernel):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            import numpy.linalg  # noqa: F401 - so that the guard knows the real one

            self.guard = Guard(self.shell)

        async def do_execute(
            self,
            code,
            silent,
            store_history=True,
            user_expressions=None,
            allow_stdin=False,
            *,
            cell_meta=None,
            cell_id=None,
        ):
            if code == TEST_FOLLOWS:
                self.guard.restore()
            reply = await super().do_execute(
                code,
                silent,
                store_history,
                user_expressions,
                allow_stdin,
                cell_meta=cell_meta,
                cell_id=cell_id,
            )
            self.guard.remember()
            return reply

    return GradedKernel


def main(settings, connection_file, *options):
    limits = json.loads(settings)
    if limits["hide"] is not None:
        build_walls(limits["desk"], limits["hide"])
        limits["hide"] = None
        # A new program: only with it do the dropped capabilities take effect.
        arguments = [os.path.abspath(__file__), json.dumps(limits), connection_file, *options]
        os.execv(sys.executable, [sys.executable, *arguments])
    os.chdir(limits["desk"])
    resource.setrlimit(resource.RLIMIT_DATA, (limits["memory"],) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file"],) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if connection_file == "probe":
        return
    from ipykernel.kernelapp import IPKernelApp

    sys.path[0] = ""  # the desk, not the folder of this file
    sys.addaudithook(refuse_network)
    arguments = ["-f", connection_file, *options]
    IPKernelApp.launch_instance(argv=arguments, kernel_class=graded_kernel())


if __name__ == "__main__":
    main(*sys.argv[1:])
