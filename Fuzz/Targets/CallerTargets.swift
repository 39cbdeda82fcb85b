internal import BelljarSupervisor

/// What a build's processes say of themselves, as PID 1 reads it.
enum CallerTargets {
    static func program(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        var isAccepted = false
        for hasVector in [false, true] {
            guard let isInside = CallerBytes.program(input, hasVector: hasVector) else { continue }
            try require(isInside, "a vector was found outside of the stack")
            isAccepted = true
        }
        return isAccepted
    }

    static func image(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let places = CallerBytes.image(input) else { return false }
        try require(places <= 4, "more places were found than are changed in one call")
        return true
    }

    static func path(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        let direct = CallerBytes.path(input, followsLink: false)
        let followed = CallerBytes.path(input, followsLink: true)
        for length in [direct, followed].compactMap({ $0 }) {
            try require(length < 8192, "a way is too long for its place")
        }
        return direct != nil || followed != nil
    }

    static func folder(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let sorted = CallerBytes.directory(input, isSorted: true) else { return false }
        try require(
            CallerBytes.directory(sorted, isSorted: true) == sorted, "a sorted directory is sorted otherwise again")
        guard let plain = CallerBytes.directory(input, isSorted: false) else {
            throw FuzzFinding("a directory has names only if it is sorted")
        }
        try require(plain.count == sorted.count, "sorting changes the names")
        return true
    }

    static func clock(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let isForward = CallerBytes.clock(input) else { return false }
        try require(isForward, "the clock went back")
        return true
    }

    static func proc(_ input: [UInt8]) -> Bool { CallerBytes.proc(input) }
}
