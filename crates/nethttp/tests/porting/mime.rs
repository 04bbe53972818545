//! Media types.

use nethttp as http;

use http::mime;

rows! {
    "mime.TypeByExtension" => "mime::type_by_extension(extension)" {
        let extension = ".html";
        assert_eq!(mime::type_by_extension(extension), "text/html; charset=utf-8");
    }
    "mime.ExtensionsByType" => "mime::extensions_by_type(kind)" {
        let kind = "image/png";
        assert_eq!(mime::extensions_by_type(kind).unwrap(), [".png"]);
    }
    "mime.AddExtensionType" => "mime::add_extension_type(extension, kind)" {
        let (extension, kind) = (".ported", "text/x-ported");
        mime::add_extension_type(extension, kind).unwrap();
        assert_eq!(mime::type_by_extension(".ported"), "text/x-ported; charset=utf-8");
    }
    "mime.FormatMediaType" => "mime::format_media_type(kind, parameters)" {
        let (kind, parameters) = ("text/html", [("charset", "utf-8")]);
        assert_eq!(mime::format_media_type(kind, parameters), "text/html; charset=utf-8");
    }
    "mime.ParseMediaType" => "mime::parse_media_type(text)" {
        let text = "Text/HTML; charset=\"utf-8\"";
        let (kind, parameters) = mime::parse_media_type(text).unwrap();
        assert_eq!((kind.as_str(), parameters["charset"].as_str()), ("text/html", "utf-8"));
    }
    "mime.ErrInvalidMediaParameter" => "mime::MediaTypeError::InvalidParameter { .. }" {
        let error = mime::parse_media_type("text/html; charset").unwrap_err();
        assert!(matches!(&error, mime::MediaTypeError::InvalidParameter { .. }));
        assert_eq!(error.to_string(), mime::ERR_INVALID_MEDIA_PARAMETER.to_string());
    }
}
