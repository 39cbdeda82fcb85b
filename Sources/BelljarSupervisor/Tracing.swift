internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// What a trace takes down of the calls that PID 1 is asked about.
extension Worker {
    /// Takes a call down and answers it, if the world would have been asked too: nothing must be answered that a build without a
    /// trace would not hear.
    func answer(_ name: NotifiedCall, in trace: Trace) throws(Refusal) -> Reply {
        // That tells of itself when it is known what it is.
        if name.isFirst { return try answer(name) }
        guard let line = trace.line(of: call.caller) else { return try isOfWorld(name) ? answer(name) : .proceed }
        trace.count(name, for: line)
        // What makes a temporary file gives it another name.
        guard makesNew(name) else {
            takeDownFiles(name, line, trace)
            return try isOfWorld(name) ? answer(name) : .proceed
        }
        let reply = try isOfWorld(name) ? answer(name) : .proceed
        takeDownFiles(name, line, trace)
        return reply
    }

    private func makesNew(_ name: NotifiedCall) -> Bool {
        switch name {
        case .open: OpenBits(rawValue: call.argument(1)).contains([.creates, .onlyNew])
        case .openat: OpenBits(rawValue: call.argument(2)).contains([.creates, .onlyNew])
        case .mkdir, .mkdirat: true
        default: false
        }
    }

    private func isOfWorld(_ name: NotifiedCall) -> Bool {
        let states = shared.world.states
        guard name.isNotified(states) else { return false }
        return name.conditions(states).contains { conditions in
            conditions.allSatisfy {
                (call.argument(Int($0.argument)) & $0.mask == $0.value) != $0.isNegated
            }
        }
    }

    private func takeDownFiles(_ name: NotifiedCall, _ line: Int, _ trace: Trace) {
        let here = Self.workingDirectory
        switch name {
        case .open: takeDownOpen(here, call.argument(0), call.argument(1), line, trace)
        case .openat: takeDownOpen(call.int(0), call.argument(1), call.argument(2), line, trace)
        case .openat2:
            let how = try? read(UInt64.self, at: call.argument(2), or: 0)
            takeDownOpen(call.int(0), call.argument(1), how ?? 0, line, trace)
        case .creat: takeDownWrite(here, call.argument(0), .open, followsLink: true, line, trace)
        case .truncate: takeDownWrite(here, call.argument(0), .open, followsLink: true, line, trace)
        case .stat, .access: takeDownRead(here, call.argument(0), followsLink: true, line, trace)
        case .lstat, .readlink: takeDownRead(here, call.argument(0), followsLink: false, line, trace)
        case .newfstatat, .statx, .faccessat, .faccessat2, .readlinkat:
            takeDownRead(call.int(0), call.argument(1), followsLink: name != .readlinkat, line, trace)
        case .mkdir: takeDownWrite(here, call.argument(0), .directory, line, trace)
        case .mkdirat: takeDownWrite(call.int(0), call.argument(1), .directory, line, trace)
        case .symlink: takeDownWrite(here, call.argument(1), .symlink, line, trace)
        case .symlinkat: takeDownWrite(call.int(1), call.argument(2), .symlink, line, trace)
        case .unlink: takeDownRemoval(here, call.argument(0), line, trace)
        case .unlinkat: takeDownRemoval(call.int(0), call.argument(1), line, trace)
        case .link: takeDownName(here, call.argument(0), here, call.argument(1), .link, line, trace)
        case .linkat:
            takeDownName(call.int(0), call.argument(1), call.int(2), call.argument(3), .link, line, trace)
        case .rename: takeDownName(here, call.argument(0), here, call.argument(1), .rename, line, trace)
        case .renameat, .renameat2:
            takeDownName(call.int(0), call.argument(1), call.int(2), call.argument(3), .rename, line, trace)
        default: break
        }
    }

    private func takeDownOpen(
        _ directory: Int32, _ path: UInt64, _ flags: UInt64, _ line: Int, _ trace: Trace
    ) {
        let bits = OpenBits(rawValue: flags & 0xffff_ffff)
        let writes = !bits.isDisjoint(with: [.writes, .creates, .truncates]) && bits.isDisjoint(with: .nameless)
        let follows = !bits.contains(.noFollow)
        // O_RDWR; O_WRONLY alone reads nothing.
        if !writes || bits.rawValue & 3 == 2 { takeDownRead(directory, path, followsLink: follows, line, trace) }
        guard writes else { return }
        let isNew = bits.contains([.creates, .onlyNew])
        takeDownWrite(directory, path, .open, followsLink: follows && !isNew, isNew: isNew, line, trace)
    }

    // MARK: What is taken down

    /// A file that is opened, looked at or looked for, whether it is there or not; and the link by whose name that was.
    private func takeDownRead(
        _ directory: Int32, _ path: UInt64, followsLink: Bool, _ line: Int, _ trace: Trace
    ) {
        guard let found = resolve(directory, path, followsLink: followsLink), Self.isKept(found.path) else { return }
        sum(found.path, for: line, trace)
        trace.state.withLock { state in
            state.read(found.path, by: line)
            if let name = found.name { state.read(name, by: line) }
        }
    }

    private func takeDownWrite(
        _ directory: Int32, _ path: UInt64, _ how: TracedWrite.How, followsLink: Bool = false, isNew: Bool = true,
        _ line: Int, _ trace: Trace
    ) {
        guard let found = resolve(directory, path, followsLink: followsLink), Self.isKept(found.path) else { return }
        // EEXIST
        if isNew, found.isThere { return }
        if how == .open { sum(found.path, for: line, trace) }
        let now = trace.microseconds
        trace.state.withLock { $0.write(found.path, by: line, at: now, how) }
    }

    private func takeDownRemoval(_ directory: Int32, _ path: UInt64, _ line: Int, _ trace: Trace) {
        guard let found = resolve(directory, path, followsLink: false), found.isThere, Self.isKept(found.path) else {
            return
        }
        sum(found.path, for: line, trace, isLast: true)
        trace.state.withLock { state in
            let content = state.content(of: found.path)
            state.write(found.path, by: line, at: trace.microseconds, .remove, content: content)
        }
    }

    private func takeDownName(
        _ from: Int32, _ source: UInt64, _ to: Int32, _ path: UInt64, _ how: TracedWrite.How, _ line: Int,
        _ trace: Trace
    ) {
        guard let first = resolve(from, source, followsLink: false), first.isThere else { return }
        guard let second = resolve(to, path, followsLink: false), Self.isKept(second.path) else { return }
        sum(first.path, for: line, trace)
        trace.state.withLock { state in
            let content = state.content(of: first.path)
            state.write(second.path, by: line, at: trace.microseconds, how, from: first.path, content: content)
        }
    }

    /// Sums a file up, if its writer is done with it and nobody did so before.
    private func sum(_ path: [UInt8], for line: Int, _ trace: Trace, isLast: Bool = false) {
        guard trace.state.withLock({ $0.isToBeSummed(path, for: line, isLast: isLast) }) else { return }
        let content = TracedContent(of: path)
        trace.state.withLock { $0.sum(path, content) }
    }

    /// Devices and what `/proc` says of processes tell of the run alone.
    private static func isKept(_ path: [UInt8]) -> Bool {
        if path.starts(with: "/dev/".utf8), !path.starts(with: "/dev/shm/".utf8) { return false }
        let processes = Array("/proc/".utf8)
        guard path.starts(with: processes), path.count > processes.count else { return true }
        return !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= path[processes.count])
    }

    // MARK: Paths

    /// Where a path of the caller leads.
    private struct Resolved {
        /// Without links; of what is not there, from the last directory on that is.
        var path: [UInt8]
        var isThere: Bool
        /// The path as it was said, if that goes through links.
        var name: [UInt8]?
    }

    /// - Returns: nil for what cannot be followed from here.
    private func resolve(_ directory: Int32, _ address: UInt64, followsLink: Bool) -> Resolved? {
        guard let length = try? readPath(at: address), length > 0,
            let whole = try? locatePath(directory, length, followsLink: followsLink)
        else { return nil }
        let said = unsafe Array(callerPath[..<length])
        var end = whole
        while end > 1, unsafe place[end - 1] == UInt8(ascii: "/") { end -= 1 }
        let trimmed = end
        while true {
            let byte = unsafe place[end]
            unsafe place[end] = 0
            let found = held(followsLink: followsLink || end < trimmed)
            unsafe place[end] = byte
            if let found {
                let rest = unsafe Array(place[end..<trimmed])
                let path = rest.isEmpty ? found : Self.normalised(found + rest)
                return Resolved(path: path, isThere: rest.isEmpty, name: name(said, of: path))
            }
            guard let next = (1..<max(end, 1)).reversed().first(where: { unsafe place[$0] == UInt8(ascii: "/") }) else {
                return nil
            }
            end = next
        }
    }

    /// The path of what `place` leads to.
    private func held(followsLink: Bool) -> [UInt8]? {
        let held = unsafe HeldPlace.hold(placeStart, followsLink: followsLink)
        guard held >= 0 else { return nil }
        defer { HeldPlace.release(held) }
        let count = unsafe HeldPlace.path(of: held, into: room)
        guard count > 0, unsafe room[0] == UInt8(ascii: "/") else { return nil }
        return unsafe Array(room[..<count])
    }

    /// A path that was said, if a link is on it. Of a relative one only as far as it goes.
    private func name(_ said: [UInt8], of path: [UInt8]) -> [UInt8]? {
        let plain = Self.normalised(said)
        if said.first == UInt8(ascii: "/") { return plain == path ? nil : plain }
        if path.count > plain.count, path.suffix(plain.count) == plain[...] { return nil }
        guard let folder = try? Descriptor.workingDirectory.readLink("/proc/\(call.thread)/cwd") else { return nil }
        let joined = Self.normalised(folder + [UInt8(ascii: "/")] + said)
        return joined == path ? nil : joined
    }

    /// Without `.`, `..` and empty parts; `..` takes away the part before it.
    static func normalised(_ path: [UInt8]) -> [UInt8] {
        var parts: [ArraySlice<UInt8>] = []
        for part in path.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                if !parts.isEmpty { parts.removeLast() }
            } else {
                parts.append(part)
            }
        }
        let joined = Array(parts.joined(separator: [UInt8(ascii: "/")]))
        return path.first == UInt8(ascii: "/") ? [UInt8(ascii: "/")] + joined : joined
    }
}
