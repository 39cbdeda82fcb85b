internal import Glibc

/// Ends the calling process with this status, standard output flushed.
package func exitProcess(_ status: Int32) -> Never {
    Glibc.exit(status)
}
