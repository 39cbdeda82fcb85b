import BelljarControls
import BelljarPlan
import Testing

@Suite struct ArchiveMessageTests {
    private static let messages: [ArchiveMessage] = [
        .opened,
        .entry(.init(path: [0x61, 0xff], mode: 0o100644, size: -1, hardlink: [0x62], symlink: [])),
        .content(offset: .max, bytes: [1, 2, 3]), .content(offset: 0, bytes: []), .contentEnd(offset: 3),
        .content(offset: 1, bytes: [UInt8](repeating: 7, count: ArchiveMessage.contentSize)), .end,
        .failed(.unsupported, answer: "no"),
        .unconfined(stage: .mountRoot, errorNumber: 22, call: "fsconfig", subject: "/"),
        .rest(1 << 40),
    ]

    @Test(arguments: messages) func survivesTheWire(message: ArchiveMessage) throws {
        #expect(message.encoded().count <= ArchiveMessage.maximumSize)
        #expect(try ArchiveMessage(decoding: message.encoded()) == message)
        #expect(throws: WireError.self) { try ArchiveMessage(decoding: message.encoded() + [0]) }
    }

    /// However the stream is cut, and wherever in its room a message comes to lie.
    @Test(arguments: [1, 7, 1000, 65_536, 1_000_000]) func arriveInPieces(size: Int) throws {
        let sent = size < 1000 ? Self.messages.filter { $0.encoded().count < 1000 } : Self.messages + Self.messages
        let stream = sent.flatMap { ArchiveMessageReader.frame($0) }
        var reader = ArchiveMessageReader()
        var arrived: [ArchiveMessage] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            reader.append(Array(stream[start..<min(start + size, stream.count)]))
            while let message = try reader.next() { arrived.append(message) }
        }
        #expect(arrived == sent)
        #expect(reader.isBetweenMessages)
    }

    @Test func contentIsFramedLikeAnyMessage() {
        let bytes: [UInt8] = [1, 2, 3]
        var stream: [UInt8] = [9]
        unsafe bytes.withUnsafeBytes { unsafe ArchiveMessageReader.appendFrame(content: $0, at: 5, to: &stream) }
        #expect(stream == [9] + ArchiveMessageReader.frame(.content(offset: 5, bytes: bytes)))
    }

    @Test func aMessageThatIsTooLongIsRefusedBeforeItArrives() throws {
        var reader = ArchiveMessageReader()
        reader.append([1, 0, 4, 0])
        #expect(throws: WireError.self) { try reader.next() }
    }
}

@Suite struct ArchiveReaderPlanTests {
    @Test(arguments: [nil, Account(uid: 65534, gid: 65533)]) func survivesTheWire(account: Account?) throws {
        let plan = ArchiveReaderPlan(account: account, filter: [1, 2, 3])
        #expect(try ArchiveReaderPlan(decoding: plan.encoded()) == plan)
        #expect(throws: WireError.self) { try ArchiveReaderPlan(decoding: plan.encoded() + [0]) }
    }

    @Test func endsSurviveTheWire() {
        for end in [ArchiveReaderEnd(isSignal: true, code: 9), ArchiveReaderEnd(isSignal: false, code: 255)] {
            #expect(ArchiveReaderEnd(decoding: end.encoded()) == end)
        }
        for bytes in [[], [1], [2, 0], [0, 0, 0]] as [[UInt8]] { #expect(ArchiveReaderEnd(decoding: bytes) == nil) }
    }
}
