internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel

/// Prints a log, or a part of it, as it streams from the store.
struct LogPrinter {
    /// Whether lines are made safe for a terminal; else they go out byte for byte.
    let sanitises: Bool

    private static let chunkBytes = 1 << 16
    /// A line longer than this is broken for showing.
    private static let lineBytes = 1 << 16

    func print(_ log: borrowing Descriptor, _ range: Range<UInt64>) throws(BelljarError) {
        var rest: [UInt8] = []
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = min(Self.chunkBytes, Int(range.upperBound - offset))
            let bytes = try read(log, wanted, offset)
            if bytes.isEmpty { break }
            offset += UInt64(bytes.count)
            guard sanitises else {
                Console.write(bytes: bytes)
                continue
            }
            rest += bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                Console.write(LogTail.sanitised(rest[..<end]) + "\n")
                rest.removeSubrange(...end)
            }
            if rest.count > Self.lineBytes {
                Console.write(LogTail.sanitised(rest) + "\n")
                rest = []
            }
        }
        if !rest.isEmpty { Console.write(LogTail.sanitised(rest) + "\n") }
    }

    private func read(_ log: borrowing Descriptor, _ count: Int, _ offset: UInt64) throws(BelljarError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got: Result<Int, KernelError> = .success(0)
        unsafe bytes.withUnsafeMutableBytes { room in
            do throws(KernelError) {
                got = .success(try unsafe log.read(into: room, at: offset))
            } catch {
                got = .failure(error)
            }
        }
        do throws(KernelError) {
            return Array(bytes.prefix(try got.get()))
        } catch {
            throw BelljarError(
                .host, operation: "read", subject: "the log", answer: error.answer,
                remedy: "run `belljar store fsck`")
        }
    }
}
