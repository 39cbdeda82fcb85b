import BelljarKernel
import Testing

@Suite struct MessageSocketTests {
    @Test func keepsMessagesApart() throws {
        let sockets = try MessageSockets()
        try sockets.second.send([1, 2, 3])
        try sockets.second.send([4])
        let first = try sockets.first.receive(limit: 16)
        let second = try sockets.first.receive(limit: 16)
        #expect(first.bytes == [1, 2, 3])
        #expect(second.bytes == [4])
        let hasDescriptor = first.first != nil
        #expect(!hasDescriptor)
    }

    @Test(arguments: [1, 2, 3]) func handsOverDescriptors(_ count: Int) throws {
        let sockets = try MessageSockets()
        let one = try Pipe()
        let two = try Pipe()
        let numbers = Array([one.writer.number, two.writer.number, two.reader.number].prefix(count))
        try sockets.first.send([9], descriptors: numbers)
        let message = try sockets.second.receive(limit: 16)
        #expect(message.bytes == [9])
        let hasSecond = message.second != nil
        #expect(hasSecond == (count > 1))
        let hasThird = message.third != nil
        #expect(hasThird == (count > 2))
        switch message.first {
        case .some(let received): try received.writeAll([7])
        case nil: Issue.record("no descriptor")
        }
        var byte: [UInt8] = [0]
        #expect(try byte.withUnsafeMutableBytes { try one.reader.read(into: $0) } == 1)
        #expect(byte == [7])
    }

    @Test func tellsTheEndAndALongMessage() throws {
        let sockets = try MessageSockets()
        try sockets.second.send([1, 2, 3])
        #expect(throws: KernelError.self) { _ = try sockets.first.receive(limit: 2).bytes }
        let first = sockets.closingSecond()
        #expect(try first.receive(limit: 2).bytes.isEmpty)
        #expect(throws: KernelError.self) { try first.send([1]) }
    }

    @Test func recordingAnswersInTheKernelsPlace() throws {
        let recording = try Recording.of { call, _ in
            call == "unshare" ? .failure(28) : .result(0)
        } _: {
            try Credentials.setUser(7)
            #expect(throws: KernelError(call: "unshare", subject: "net", number: 28)) { try Namespace.net.unshare() }
        }
        #expect(recording.calls == ["setresuid 7", "unshare net"])
    }
}
