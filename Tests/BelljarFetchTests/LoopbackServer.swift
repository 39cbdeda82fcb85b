import Dispatch
import Glibc
import Synchronization
import Testing

/// An HTTP server on the loopback interface that behaves as badly as a test asks it to. Stops with its last reference.
final class LoopbackServer: Sendable {
    enum Behaviour: Sendable {
        case file([UInt8])
        /// Without Content-Length: the end of the connection is the end of the file.
        case withoutLength([UInt8])
        case status(Int)
        /// Promises all bytes and closes the connection after some of them.
        case cutOff([UInt8], after: Int)
        /// Fails with 503 so many times, then serves.
        case failing(times: Int, then: [UInt8])
        /// Sends zeros until the client goes away, but at most 256 MiB.
        case endless
        /// Sends one byte and then nothing until the client goes away, but at most ten seconds.
        case stalled
        case redirect(to: String)
        /// Thinks for a while before it answers.
        case slowly([UInt8], milliseconds: UInt32)
    }

    let port: UInt16
    private let listener: Int32
    private let files: [String: Behaviour]
    private let counts = Mutex<[String: Int]>([:])
    private let sent = Atomic<Int>(0)
    private let open = Atomic<Int>(0)
    private let mostOpen = Mutex<Int>(0)

    init(_ files: [String: Behaviour]) throws {
        self.files = files
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var length = size
        let listener = listener
        // With GNU extensions, which the whole project is compiled with, addresses are given as a union of pointers.
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            bind(listener, __CONST_SOCKADDR_ARG(__sockaddr_in__: pointer), size) == 0
                && getsockname(listener, __SOCKADDR_ARG(__sockaddr_in__: pointer), &length) == 0
        }
        try #require(bound && listen(listener, 64) == 0)
        port = UInt16(bigEndian: address.sin_port)
        let handler = Handler(self)
        DispatchQueue(label: "server").async {
            while case let connection = accept(listener, __SOCKADDR_ARG(__sockaddr__: nil), nil), connection >= 0 {
                DispatchQueue(label: "connection").async {
                    handler.server?.serve(connection)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    /// The thread that accepts must not keep the server alive.
    private final class Handler: Sendable {
        private let box: Mutex<Weak>
        private struct Weak { weak var server: LoopbackServer? }
        init(_ server: LoopbackServer) { box = Mutex(Weak(server: server)) }
        var server: LoopbackServer? { box.withLock { $0.server } }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    var base: String { "http://127.0.0.1:\(port)" }
    func requests(_ path: String) -> Int { counts.withLock { $0[path] ?? 0 } }
    /// Bytes of content that were taken off its hands, in all.
    var bytesSent: Int { sent.load(ordering: .relaxed) }
    var openConnections: Int { open.load(ordering: .relaxed) }
    var mostConnections: Int { mostOpen.withLock { $0 } }

    // MARK: Serving

    private func serve(_ connection: Int32) {
        let now = open.add(1, ordering: .relaxed).newValue
        mostOpen.withLock { $0 = max($0, now) }
        defer { open.subtract(1, ordering: .relaxed) }
        guard let path = requestPath(connection) else { return }
        let count = counts.withLock { counts in
            counts[path, default: 0] += 1
            return counts[path] ?? 0
        }
        switch files[path] ?? .status(404) {
        case .file(let bytes): reply(connection, bytes)
        case .withoutLength(let bytes):
            send(connection, Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + bytes)
        case .status(let status): reply(connection, status: status, Array("<h1>no</h1>".utf8))
        case .cutOff(let bytes, let after):
            send(connection, head(200, bytes.count) + bytes.prefix(after))
        case .failing(let times, let bytes):
            if count <= times { reply(connection, status: 503, []) } else { reply(connection, bytes) }
        case .endless:
            send(connection, Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8))
            let zeros = [UInt8](repeating: 0, count: 1 << 16)
            for _ in 0..<4096 { guard send(connection, zeros) else { return } }
        case .stalled:
            send(connection, head(200, 1000) + [0])
            var byte: UInt8 = 0
            var timeout = timeval(tv_sec: 10, tv_usec: 0)
            setsockopt(
                connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            _ = recv(connection, &byte, 1, 0)
        case .slowly(let bytes, let milliseconds):
            usleep(milliseconds * 1000)
            reply(connection, bytes)
        case .redirect(let target):
            send(
                connection,
                Array(
                    "HTTP/1.1 302 Found\r\nLocation: \(target)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8))
        }
    }

    private func head(_ status: Int, _ length: Int) -> [UInt8] {
        Array("HTTP/1.1 \(status) Whatever\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\n".utf8)
    }

    private func reply(_ connection: Int32, status: Int = 200, _ bytes: [UInt8]) {
        send(connection, head(status, bytes.count) + bytes)
    }

    @discardableResult
    private func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.send(connection, buffer.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent.add(count, ordering: .relaxed)
            done += count
        }
        return true
    }

    /// The path of `GET path HTTP/1.1`, after the whole head was read.
    private func requestPath(_ connection: Int32) -> String? {
        var head: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0, head.count < 1 << 16 else { return nil }
            head += buffer[..<count]
        }
        let words = String(decoding: head, as: UTF8.self).split(separator: " ")
        return words.count > 1 ? String(words[1]) : nil
    }
}
