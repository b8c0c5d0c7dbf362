//! Packets out of a byte stream, with every byte accounted for.

/// {0x0102, 0x0304, 0x0506, 0x0708} as little-endian words.
const MAGIC: [u8; 8] = [2, 1, 4, 3, 6, 5, 8, 7];
/// No demo sends as much in a frame.
const LARGEST_PACKET: usize = 1 << 20;
/// Packets are filled up to a multiple of this.
const PADDING: usize = 32;

/// What a stream is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream<'a> {
    /// Packets of the length that they state.
    pub(super) packets: Vec<&'a [u8]>,
    /// Packets that another one, or the end, cuts short.
    pub(super) truncated: usize,
    /// Bytes between packets.
    pub(super) stray_bytes: usize,
}

/// How a packet is laid out: length of its header, and whether lengths of TLVs count their own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// mmWave SDK 1.1 to 3.x: 40 bytes.
    Sdk,
    /// SDK 1.0: 36 bytes, without the number of the subframe.
    Sdk1,
    /// As the SDK's, with lengths that count their own header: early people counting demos.
    Whole,
    /// The 3D people counting demo of TI's industrial toolbox 4: 48 bytes, lengths count their own header.
    PeopleCounting,
}

/// One item of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tlv<'a> {
    pub(super) kind: u32,
    pub(super) value: &'a [u8],
}

/// A little-endian number at a place.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// Finds the packets of a stream; after damage the next magic word is where it goes on.
pub(super) fn split(bytes: &[u8]) -> Stream<'_> {
    let mut stream = Stream::default();
    let find = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.windows(MAGIC.len()).position(|w| w == MAGIC).map(|at| from + at)
    };
    let mut at = 0;
    while let Some(start) = find(at) {
        stream.stray_bytes += start - at;
        let length = u32_at(bytes, start + 12).map_or(usize::MAX, |n| n as usize);
        let end = start.saturating_add(length);
        let whole = (Framing::Sdk1.header()..=LARGEST_PACKET).contains(&length) && end <= bytes.len();
        let followed = whole && (end == bytes.len() || bytes[end..].starts_with(&MAGIC));
        let next = if followed { None } else { find(start + MAGIC.len()).filter(|next| !whole || *next < end) };
        match (whole, next) {
            (true, None) => {
                stream.packets.push(&bytes[start..end]);
                at = end;
            }
            // Bytes were lost: the next packet begins before this one should end.
            (_, Some(next)) => {
                stream.truncated += 1;
                at = next;
            }
            (false, None) => {
                stream.truncated += 1;
                return stream;
            }
        }
    }
    stream.stray_bytes += bytes.len() - at;
    stream
}

impl Framing {
    const ALL: [Self; 4] = [Self::Sdk, Self::Sdk1, Self::Whole, Self::PeopleCounting];

    fn header(self) -> usize {
        match self {
            Self::Sdk | Self::Whole => 40,
            Self::Sdk1 => 36,
            Self::PeopleCounting => 48,
        }
    }

    /// The framing that fits most packets, the SDK's where several do.
    pub(super) fn of(packets: &[&[u8]]) -> Option<Self> {
        let fits = |framing: Self| packets.iter().filter(|packet| framing.items(packet).is_some()).count();
        let best = Self::ALL.into_iter().rev().max_by_key(|framing| fits(*framing))?;
        (fits(best) > 0).then_some(best)
    }

    /// Number of the frame.
    pub(super) fn frame(self, packet: &[u8]) -> Option<u32> {
        u32_at(packet, 20)
    }

    /// Number of the subframe.
    pub(super) fn subframe(self, packet: &[u8]) -> Option<u32> {
        match self {
            Self::Sdk | Self::Whole => u32_at(packet, 36),
            Self::Sdk1 => Some(0),
            Self::PeopleCounting => u32_at(packet, 24),
        }
    }

    /// How many points the header announces.
    pub(super) fn announced(self, packet: &[u8]) -> Option<usize> {
        match self {
            Self::PeopleCounting => None,
            _ => Some(u32_at(packet, 28)? as usize),
        }
    }

    /// The items of a packet, or `None` where they do not fill it.
    pub(super) fn items(self, packet: &[u8]) -> Option<Vec<Tlv<'_>>> {
        let count = match self {
            Self::PeopleCounting => u32_at(packet, 44)? & 0xffff,
            _ => u32_at(packet, 32)?,
        };
        let own = matches!(self, Self::Whole | Self::PeopleCounting);
        let mut at = self.header();
        let mut items = Vec::new();
        for _ in 0..count {
            let (kind, length) = (u32_at(packet, at)?, u32_at(packet, at + 4)? as usize);
            let length = if own { length.checked_sub(8)? } else { length };
            at += 8;
            items.push(Tlv { kind, value: packet.get(at..at.checked_add(length)?)? });
            at += length;
        }
        packet.len().checked_sub(at).filter(|rest| *rest < PADDING).map(|_| items)
    }
}
