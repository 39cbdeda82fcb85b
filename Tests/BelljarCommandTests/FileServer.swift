import BelljarKernel

/// busybox's web server on the loopback device, with a folder of the project below it.
final class FileServer {
    private let process: HostProcess
    let address: String

    struct NoPort: Error {}

    init(_ project: Project, folder: String) throws {
        for _ in 0..<20 {
            let port = Int.random(in: 20_000...60_000)
            let started = try project.start(
                "/bin/busybox", ["httpd", "-f", "-p", "127.0.0.1:\(port)", "-h", project.path + "/" + folder])
            if try Self.answers(project, port) {
                process = started
                address = "http://127.0.0.1:\(port)"
                return
            }
            started.signal(9)
            _ = try started.finish()
        }
        throw NoPort()
    }

    /// Whether somebody listens on the port soon; a server that found it taken has ended by then.
    private static func answers(_ project: Project, _ port: Int) throws -> Bool {
        let probe =
            "for i in $(seq 50); do curl -s -o probed http://127.0.0.1:\(port)/ && exit 0; sleep 0.1; done; exit 1"
        return try project.run("/bin/sh", "-c", probe).code == 0
    }

    func stop() throws {
        process.signal(9)
        _ = try process.finish()
    }

    deinit { process.signal(9) }
}
