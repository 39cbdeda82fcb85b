internal import Synchronization

/// What tells a directory from others while the sandbox lives.
struct DirectoryIdentity: Equatable {
    var device: UInt64
    var inode: UInt64
}

/// Snapshots of directories that are being listed, and the positions at which their entries lie.
///
/// A snapshot occupies a range of positions that follows from the names in it: so what telldir(3) answers does not depend on
/// what other processes do, and a snapshot that was given up is found again by a position in it when the directory has not
/// changed.
final class DirectoryCache: Sendable {
    /// The position behind every listing. As large as the smallest limit of any file system (MAX_NON_LFS).
    static let end: UInt64 = 0x7fff_ffff
    /// Bytes of all snapshots; a single larger one is kept while nothing else is listed.
    private static let capacity = DirectorySnapshot.Size.ordinary.rawValue
    private static let maximumCount = 128
    private static let markCount = 128
    private static let laneCount = 16

    /// Held while an entry of a directory is being given, because the position tells who gets which.
    final class Lane: Sendable {
        let mutex = Mutex<Void>(())
    }

    /// A snapshot, where its entries lie and how far it was listed.
    struct Listing {
        var directory: DirectoryIdentity
        var snapshot: DirectorySnapshot
        /// Entry number `index` is followed by position `base + index + 1`.
        var base: UInt64
        fileprivate var lastUse: UInt64 = 0
        fileprivate var lastIndex = 0

        /// The position behind an entry.
        func position(after index: Int) -> UInt64 {
            index + 1 == snapshot.count ? DirectoryCache.end : base + UInt64(index) + 1
        }

        fileprivate var positions: Range<UInt64> { base..<base + UInt64(snapshot.count) + 1 }
    }

    /// How far a listing came whose snapshot was given up.
    private struct Mark {
        var directory: DirectoryIdentity
        var position: UInt64
        var name: [UInt8]
    }

    private struct State {
        var listings: [Listing] = []
        var marks: [Mark] = []
        var uses: UInt64 = 0
    }

    private let state = Mutex(State())
    private let lanes = (0..<DirectoryCache.laneCount).map { _ in Lane() }

    /// Held while a directory that is larger than an ordinary one is read and its entries are given.
    let large = Lane()

    func lane(of directory: DirectoryIdentity) -> Lane { lanes[Int(directory.inode % UInt64(Self.laneCount))] }

    /// The listing that a position belongs to, and the index of the next entry.
    func find(_ directory: DirectoryIdentity, at position: UInt64) -> (listing: Listing, index: Int)? {
        state.withLock { state in
            for index in state.listings.indices
            where state.listings[index].directory == directory && state.listings[index].positions.contains(position) {
                state.uses += 1
                state.listings[index].lastUse = state.uses
                return (state.listings[index], Int(position - state.listings[index].base))
            }
            return nil
        }
    }

    /// Takes a new snapshot in.
    func enter(_ snapshot: DirectorySnapshot, of directory: DirectoryIdentity) -> Listing {
        state.withLock { state in
            state.uses += 1
            let same = state.listings.firstIndex {
                $0.directory == directory && $0.snapshot.lists(theSameAs: snapshot)
            }
            if let same {
                // Files may have been replaced by others of the same names.
                state.listings[same].snapshot = snapshot
                state.listings[same].lastUse = state.uses
                return state.listings[same]
            }
            var listing = Listing(directory: directory, snapshot: snapshot, base: Self.base(of: snapshot, attempt: 0))
            var attempt: UInt64 = 0
            while state.listings.contains(where: {
                $0.directory == directory && $0.positions.overlaps(listing.positions)
            }) {
                attempt += 1
                listing.base = Self.base(of: snapshot, attempt: attempt)
            }
            listing.lastUse = state.uses
            state.listings.append(listing)
            Self.shrink(&state)
            return listing
        }
    }

    /// A multiple of a power of two that leaves room for all entries, above 0 and below `end`.
    private static func base(of snapshot: DirectorySnapshot, attempt: UInt64) -> UInt64 {
        let bits = UInt64(max(10, Int.bitWidth - (snapshot.count + 1).leadingZeroBitCount))
        let places = (end + 1) >> bits - 2
        return (1 + (snapshot.hash &+ attempt) % places) << bits
    }

    /// Gives up what was not asked for the longest time.
    private static func shrink(_ state: inout State) {
        var size = state.listings.reduce(0) { $0 + $1.snapshot.size }
        while state.listings.count > 1, size > capacity || state.listings.count > maximumCount {
            guard
                let oldest = state.listings.indices.min(by: { state.listings[$0].lastUse < state.listings[$1].lastUse })
            else { return }
            size -= state.listings[oldest].snapshot.size
            giveUp(oldest, &state)
        }
    }

    private static func giveUp(_ index: Int, _ state: inout State) {
        let listing = state.listings.remove(at: index)
        guard listing.lastIndex > 0, listing.lastIndex < listing.snapshot.count else { return }
        if state.marks.count == markCount { state.marks.removeFirst() }
        state.marks.append(
            Mark(
                directory: listing.directory, position: listing.base + UInt64(listing.lastIndex),
                name: listing.snapshot.name(listing.lastIndex - 1)))
    }

    /// Gives up what is larger than an ordinary snapshot, to make room for another such.
    func giveUpLarge() {
        state.withLock { state in
            for index in state.listings.indices.reversed()
            where state.listings[index].snapshot.size > DirectorySnapshot.Size.ordinary.rawValue {
                Self.giveUp(index, &state)
            }
        }
    }

    /// Remembers how far a listing came.
    func advance(_ listing: Listing, to index: Int) {
        state.withLock { state in
            for place in state.listings.indices
            where state.listings[place].base == listing.base && state.listings[place].directory == listing.directory {
                state.listings[place].lastIndex = index
            }
        }
    }

    /// The last name that was given before a position, if its snapshot was given up.
    func lastName(_ directory: DirectoryIdentity, before position: UInt64) -> [UInt8]? {
        state.withLock { state in
            state.marks.last { $0.directory == directory && $0.position == position }?.name
        }
    }
}
