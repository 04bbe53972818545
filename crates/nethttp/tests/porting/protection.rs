//! Protection against requests that other sites' pages make.

use nethttp as http;

use http::httptest::new_request;
use http::{Request, ResponseWriter};

use crate::given::answer;

fn hello(w: &mut dyn ResponseWriter, _r: &mut Request) {
    http::fprintf!(w, "hello");
}

/// A request that a page of another site made.
fn foreign() -> Request {
    let mut r = new_request("POST", "/transfer", ());
    r.header.set("Origin", "https://other.test");
    r
}

rows! {
    "http.CrossOriginProtection" => "http::CrossOriginProtection" {
        let protection: http::CrossOriginProtection = http::CrossOriginProtection::default();
        assert!(protection.check(&foreign()).is_err());
    }
    "http.NewCrossOriginProtection" => "http::CrossOriginProtection::new()" {
        assert!(http::CrossOriginProtection::new().check(&foreign()).is_err());
        assert!(http::new_cross_origin_protection().check(&new_request("POST", "/", ())).is_ok());
    }
    "http.CrossOriginProtection.Check" => "protection.check(r)" {
        let protection = http::CrossOriginProtection::new();
        let r = &foreign();
        let error = protection.check(r).unwrap_err();
        assert!(error.to_string().starts_with("cross-origin request detected"), "{error}");
    }
    "http.CrossOriginProtection.Handler" => "protection.handler(handler)" {
        let protection = http::CrossOriginProtection::new();
        let handler = hello;
        assert_eq!(answer(protection.handler(handler), &mut foreign()).code, 403);
        assert_eq!(answer(protection.handler(hello), &mut new_request("POST", "/", ())).code, 200);
    }
    "http.CrossOriginProtection.AddTrustedOrigin" => "protection.add_trusted_origin(origin)" {
        let protection = http::CrossOriginProtection::new();
        let origin = "https://other.test";
        protection.add_trusted_origin(origin).unwrap();
        assert!(protection.check(&foreign()).is_ok());
        assert!(protection.add_trusted_origin("other.test").is_err());
    }
    "http.CrossOriginProtection.AddInsecureBypassPattern" => "protection.add_insecure_bypass_pattern(pattern)" {
        let protection = http::CrossOriginProtection::new();
        let pattern = "POST /transfer";
        protection.add_insecure_bypass_pattern(pattern);
        assert!(protection.check(&foreign()).is_ok());
    }
    "http.CrossOriginProtection.SetDenyHandler" => "protection.set_deny_handler(handler)" {
        let protection = http::CrossOriginProtection::new();
        let handler = http::not_found;
        protection.set_deny_handler(handler);
        assert_eq!(answer(protection.handler(hello), &mut foreign()).code, 404);
    }
}
