internal import BelljarPlan

/// Messages between belljar's own processes, one of which runs beside what is hostile.
enum WireTargets {
    static func plan(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let plan = accepted({ () throws(WireError) in try Plan(decoding: input) }) else { return false }
        try require(plan.encoded() == input, "a plan has two encodings")
        return true
    }

    static func message(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        if let plan = accepted({ () throws(WireError) in try ArchiveReaderPlan(decoding: input) }) {
            try require(plan.encoded() == input, "an archive reader's plan has two encodings")
        }
        guard let message = accepted({ () throws(WireError) in try ArchiveMessage(decoding: input) }) else {
            return false
        }
        try require(message.encoded() == input, "a message has two encodings")
        return true
    }

    static func report(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let report = accepted({ () throws(WireError) in try Report(decoding: input) }) else { return false }
        let bytes = report.encoded()
        guard let again = accepted({ () throws(WireError) in try Report(decoding: bytes) }) else {
            throw FuzzFinding("a report that init writes is refused")
        }
        // Long texts are cut once.
        try require(again.encoded() == bytes, "a report has two encodings")
        return true
    }
}
