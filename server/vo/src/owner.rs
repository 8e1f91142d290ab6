//! Whose jobs and functions they are: a person's who has signed in, else those of a random key in a
//! cookie; and the network address for limits.

use std::net::{IpAddr, Ipv6Addr};

use axum::response::Response;
use http::{Extensions, HeaderMap, header};

use tenkyu_wire::access::{Caller, Denial, Reason, Scope, Via};

use crate::ServiceError;
use crate::answer::insert;

/// Name of the cookie.
const COOKIE: &str = "tenkyu-jobs";

/// Bytes of randomness in a key.
const KEY_BYTES: usize = 16;

/// How long a browser keeps the key, seconds: longer than any job is kept.
const MAX_AGE: u64 = 365 * 24 * 3600;

/// The address from which a request came, as the server that accepted it knows it. An extension
/// of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The address that limits count for. A household or a host has a whole /64 of IPv6.
pub fn limit_address(extensions: &Extensions) -> String {
    match extensions.get::<ClientAddress>() {
        None => "local".to_owned(),
        Some(ClientAddress(IpAddr::V4(address))) => address.to_string(),
        Some(ClientAddress(IpAddr::V6(address))) => match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => {
                let mut segments = address.segments();
                segments.iter_mut().skip(4).for_each(|segment| *segment = 0);
                format!("{}/64", Ipv6Addr::from(segments))
            }
        },
    }
}

/// Who asks, as the server found out before.
pub(crate) fn caller(extensions: &Extensions) -> Caller {
    extensions.get::<Caller>().cloned().unwrap_or_default()
}

/// Refuses a token that lacks a scope.
pub(crate) fn need(caller: &Caller, scope: Scope) -> Result<(), ServiceError> {
    if caller.via != Via::Token || caller.scopes.has(scope) {
        return Ok(());
    }
    let reason = Reason::Scope(scope);
    let denial = Denial { reason, until: None, owner: None, groups: Vec::new() };
    Err(ServiceError::new(denial))
}

/// The key that a browser's cookie gives to what it made without signing in.
pub fn cookie_owner(headers: &HeaderMap) -> Option<String> {
    Owner::of_cookie(headers).map(|owner| owner.0)
}

/// The key of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner(String);

impl Owner {
    /// The key of the person who asks, else that of the browser's cookie. A token needs a scope to
    /// reach what is its owner's.
    pub(crate) fn of(
        extensions: &Extensions,
        headers: &HeaderMap,
        scope: Scope,
    ) -> Result<Option<Owner>, ServiceError> {
        let caller = caller(extensions);
        let Some(key) = caller.owner_key() else { return Ok(Owner::of_cookie(headers)) };
        need(&caller, scope)?;
        Ok(Some(Owner(key)))
    }

    /// The key in the request's cookie, if it is one of ours.
    fn of_cookie(headers: &HeaderMap) -> Option<Owner> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
            .find(|key| key.len() == 2 * KEY_BYTES && key.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(|key| Owner(key.to_ascii_lowercase()))
    }

    /// A new key.
    pub(crate) fn new() -> Result<Owner, ServiceError> {
        let mut random = [0_u8; KEY_BYTES];
        getrandom::fill(&mut random).map_err(ServiceError::internal)?;
        Ok(Owner(random.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    pub(crate) fn key(&self) -> &str {
        &self.0
    }

    /// Has the client keep the key.
    pub(crate) fn remember(&self, response: &mut Response, base_url: &str) {
        let cookie = self.cookie(base_url.starts_with("https:"));
        insert(response.headers_mut(), header::SET_COOKIE, &cookie);
    }

    /// The value of Set-Cookie. Scripts do not see it, and other sites do not send it.
    fn cookie(&self, secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={MAX_AGE}{secure}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_ours_are_taken() {
        let owner = Owner::new().unwrap();
        assert_ne!(owner, Owner::new().unwrap());
        let mut headers = HeaderMap::new();
        let cookie = owner.cookie(false);
        let pair = cookie.split(';').next().unwrap();
        headers.insert(header::COOKIE, format!("a=b; {pair}").parse().unwrap());
        assert_eq!(Owner::of_cookie(&headers), Some(owner));
        for bad in ["tenkyu-jobs=", "tenkyu-jobs=1' OR 1=1", "xtenkyu-jobs=00"] {
            headers.insert(header::COOKIE, bad.parse().unwrap());
            assert_eq!(Owner::of_cookie(&headers), None);
        }
    }

    #[test]
    fn neighbours_in_ipv6_share_an_address() {
        let of = |text: &str| {
            let mut extensions = Extensions::new();
            extensions.insert(ClientAddress(text.parse().unwrap()));
            limit_address(&extensions)
        };
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(limit_address(&Extensions::new()), "local");
    }
}
