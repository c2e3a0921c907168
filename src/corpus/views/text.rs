//! The views of text: what the readers give, as tensors.

use std::borrow::Cow;
use std::sync::OnceLock;

use candor_documents::terms::ItemFacts;
use candor_documents::thread::{self, MADE};
use candor_documents::{Budget, Content, Kind, Member, Reason, Record, family, plain_bytes, read};

use super::{Shown, TextView, UnreadableReason, View, ViewId, read_item};

/// What was read of an item, or why there is nothing to read.
pub type ReadItem = Result<Content, UnreadableReason>;

/// What views of text and threads show of an item, in their order. Its text is read
/// once for all of them, and for whoever asks for it again.
pub(super) fn show(
    bytes: &[u8],
    kind: Kind,
    text: &OnceLock<ReadItem>,
    record: &Record,
    views: &[View],
) -> Vec<Shown> {
    // Read with a net of its own, so that the outcome is the same whoever asks first.
    let content = || text.get_or_init(|| read_item(bytes, kind)).as_ref().map_err(|reason| *reason);
    let of_text = views.iter().any(|view| matches!(view.id(), ViewId::Text(_)));
    let facts = if of_text { ItemFacts::of(bytes, kind, record) } else { ItemFacts::default() };
    let show = |view: &View| -> Shown {
        match view.id() {
            ViewId::Text(TextView::Terms { layout, family }) => {
                let searched = of_scope(bytes, kind, content()?, record, family)?;
                Ok(layout.view(&searched, &facts)?)
            }
            ViewId::Text(TextView::Bytes { length, ends }) => {
                let text = &content()?.text;
                let show = if ends { plain_bytes::ends } else { plain_bytes::head };
                Ok(show(text, length as usize))
            }
            ViewId::Text(TextView::Hashed(view)) => {
                let text = &content()?.text;
                Ok(view.view(text.as_str()))
            }
            ViewId::Text(TextView::Tokens(tokens)) => {
                let text = &content()?.text;
                // Neither fails: a view is made with the vocabulary of its scheme.
                let shown = view.vocabulary().map(|vocabulary| vocabulary.view(text, tokens));
                shown.and_then(Result::ok).ok_or(UnreadableReason::Unsupported)
            }
            ViewId::Thread => {
                let mut view = thread::of_item(bytes, kind).to_vec();
                if let (true, Some(flags)) = (record.made, view.first_mut()) {
                    *flags |= MADE;
                }
                Ok(view)
            }
            ViewId::Image(_) => Err(UnreadableReason::NoText),
        }
    };
    views.iter().map(show).collect()
}

/// What the views of terms read of an item: its content, or that of its family.
pub(super) fn searched(
    bytes: &[u8],
    kind: Kind,
    text: &OnceLock<ReadItem>,
    record: &Record,
    family: bool,
) -> Result<(Content, ItemFacts), UnreadableReason> {
    let content = text.get_or_init(|| read_item(bytes, kind)).as_ref().map_err(|reason| *reason)?;
    let searched = of_scope(bytes, kind, content, record, family)?;
    Ok((searched.into_owned(), ItemFacts::of(bytes, kind, record)))
}

/// A top item's content with that of its family, if families are asked; any other item's
/// own.
fn of_scope<'a>(
    bytes: &[u8],
    kind: Kind,
    content: &'a Content,
    record: &Record,
    family: bool,
) -> Result<Cow<'a, Content>, Reason> {
    if family && record.parent.is_none() {
        return whole_family(bytes, kind, content).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(content))
}

/// The text of an item. An item without bytes has an empty one.
pub(super) fn content(bytes: &[u8], kind: Kind) -> Result<Content, Reason> {
    if kind == Kind::Empty {
        return Ok(Content::default());
    }
    read(bytes, kind, &mut Budget::new())
}

/// The top item's content with the text of all members after its own. Members that
/// cannot be read have none: each is told of where it stands itself.
fn whole_family(bytes: &[u8], kind: Kind, top: &Content) -> Result<Content, Reason> {
    let mut whole = top.clone();
    let budget = &mut Budget::new();
    let mut member = |member: Member, bytes: Vec<u8>| match content(&bytes, member.kind) {
        Ok(content) => whole.text.push_block(content.text.as_str(), budget),
        Err(_) => Ok(()),
    };
    family(bytes, kind, &mut member, &mut |_| ())?;
    Ok(whole)
}
