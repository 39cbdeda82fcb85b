internal import Glibc

/// Ends the calling process with this status, standard output flushed.
package func exitProcess(_ status: Int32) -> Never {
    Glibc.exit(status)
}

/// Ends the calling process at once, whatever its other threads do: nothing is flushed, and nothing cleaned up.
package func exitProcessAtOnce(_ status: Int32) -> Never {
    Glibc._exit(status)
}

/// For a thread that has nothing to do any more while another one ends the process.
package func waitForEver() -> Never {
    while true { _ = Glibc.pause() }
}
