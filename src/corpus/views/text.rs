//! The views of text: what the readers give, as tensors.

use candor_documents::filter::Layout;
use candor_documents::terms::ItemFacts;
use candor_documents::thread::{self, MADE};
use candor_documents::{Budget, Content, Kind, Member, Reason, Record, family, plain_bytes, read};

use super::{Shown, TextView, UnreadableReason, ViewId};

/// What views of text and threads show of an item, in their order. Its text is read
/// once for all of them.
pub(super) fn show(bytes: &[u8], kind: Kind, record: &Record, views: &[ViewId]) -> Vec<Shown> {
    let text = views.iter().any(|view| matches!(view, ViewId::Text(_)));
    let content = if text { content(bytes, kind) } else { Err(Reason::NoText) };
    let facts = if text { ItemFacts::of(bytes, kind, record) } else { ItemFacts::default() };
    let show = |view: &ViewId| -> Result<Vec<u8>, Reason> {
        match *view {
            ViewId::Text(TextView::Terms { chunks, family }) => {
                let layout =
                    Layout::of_name(&format!("text/terms-{chunks}")).ok_or(Reason::NotOpened)?;
                let content = content.as_ref().map_err(|reason| *reason)?;
                if family && record.parent.is_none() {
                    return layout.view(&whole_family(bytes, kind, content)?, &facts);
                }
                layout.view(content, &facts)
            }
            ViewId::Text(TextView::Bytes { length, ends }) => {
                let text = &content.as_ref().map_err(|reason| *reason)?.text;
                let show = if ends { plain_bytes::ends } else { plain_bytes::head };
                Ok(show(text, length as usize))
            }
            ViewId::Text(TextView::Hashed(view)) => {
                let text = &content.as_ref().map_err(|reason| *reason)?.text;
                Ok(view.view(text.as_str()))
            }
            ViewId::Thread => {
                let mut view = thread::thread(bytes).to_vec();
                if let (true, Some(flags)) = (record.made, view.first_mut()) {
                    *flags |= MADE;
                }
                Ok(view)
            }
            ViewId::Image(_) => Err(Reason::NoText),
        }
    };
    views.iter().map(|view| show(view).map_err(UnreadableReason::from)).collect()
}

/// The text of an item. An item without bytes has an empty one.
fn content(bytes: &[u8], kind: Kind) -> Result<Content, Reason> {
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
