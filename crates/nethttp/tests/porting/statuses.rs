//! Status codes.

use nethttp as http;

rows! {
    "http.StatusContinue" => "http::STATUS_CONTINUE" {
        assert_eq!(http::STATUS_CONTINUE, 100);
    }
    "http.StatusSwitchingProtocols" => "http::STATUS_SWITCHING_PROTOCOLS" {
        assert_eq!(http::STATUS_SWITCHING_PROTOCOLS, 101);
    }
    "http.StatusProcessing" => "http::STATUS_PROCESSING" {
        assert_eq!(http::STATUS_PROCESSING, 102);
    }
    "http.StatusEarlyHints" => "http::STATUS_EARLY_HINTS" {
        assert_eq!(http::STATUS_EARLY_HINTS, 103);
    }
    "http.StatusOK" => "http::STATUS_OK" {
        assert_eq!(http::STATUS_OK, 200);
    }
    "http.StatusCreated" => "http::STATUS_CREATED" {
        assert_eq!(http::STATUS_CREATED, 201);
    }
    "http.StatusAccepted" => "http::STATUS_ACCEPTED" {
        assert_eq!(http::STATUS_ACCEPTED, 202);
    }
    "http.StatusNonAuthoritativeInfo" => "http::STATUS_NON_AUTHORITATIVE_INFO" {
        assert_eq!(http::STATUS_NON_AUTHORITATIVE_INFO, 203);
    }
    "http.StatusNoContent" => "http::STATUS_NO_CONTENT" {
        assert_eq!(http::STATUS_NO_CONTENT, 204);
    }
    "http.StatusResetContent" => "http::STATUS_RESET_CONTENT" {
        assert_eq!(http::STATUS_RESET_CONTENT, 205);
    }
    "http.StatusPartialContent" => "http::STATUS_PARTIAL_CONTENT" {
        assert_eq!(http::STATUS_PARTIAL_CONTENT, 206);
    }
    "http.StatusMultiStatus" => "http::STATUS_MULTI_STATUS" {
        assert_eq!(http::STATUS_MULTI_STATUS, 207);
    }
    "http.StatusAlreadyReported" => "http::STATUS_ALREADY_REPORTED" {
        assert_eq!(http::STATUS_ALREADY_REPORTED, 208);
    }
    "http.StatusIMUsed" => "http::STATUS_IM_USED" {
        assert_eq!(http::STATUS_IM_USED, 226);
    }
    "http.StatusMultipleChoices" => "http::STATUS_MULTIPLE_CHOICES" {
        assert_eq!(http::STATUS_MULTIPLE_CHOICES, 300);
    }
    "http.StatusMovedPermanently" => "http::STATUS_MOVED_PERMANENTLY" {
        assert_eq!(http::STATUS_MOVED_PERMANENTLY, 301);
    }
    "http.StatusFound" => "http::STATUS_FOUND" {
        assert_eq!(http::STATUS_FOUND, 302);
    }
    "http.StatusSeeOther" => "http::STATUS_SEE_OTHER" {
        assert_eq!(http::STATUS_SEE_OTHER, 303);
    }
    "http.StatusNotModified" => "http::STATUS_NOT_MODIFIED" {
        assert_eq!(http::STATUS_NOT_MODIFIED, 304);
    }
    "http.StatusUseProxy" => "http::STATUS_USE_PROXY" {
        assert_eq!(http::STATUS_USE_PROXY, 305);
    }
    "http.StatusTemporaryRedirect" => "http::STATUS_TEMPORARY_REDIRECT" {
        assert_eq!(http::STATUS_TEMPORARY_REDIRECT, 307);
    }
    "http.StatusPermanentRedirect" => "http::STATUS_PERMANENT_REDIRECT" {
        assert_eq!(http::STATUS_PERMANENT_REDIRECT, 308);
    }
    "http.StatusBadRequest" => "http::STATUS_BAD_REQUEST" {
        assert_eq!(http::STATUS_BAD_REQUEST, 400);
    }
    "http.StatusUnauthorized" => "http::STATUS_UNAUTHORIZED" {
        assert_eq!(http::STATUS_UNAUTHORIZED, 401);
    }
    "http.StatusPaymentRequired" => "http::STATUS_PAYMENT_REQUIRED" {
        assert_eq!(http::STATUS_PAYMENT_REQUIRED, 402);
    }
    "http.StatusForbidden" => "http::STATUS_FORBIDDEN" {
        assert_eq!(http::STATUS_FORBIDDEN, 403);
    }
    "http.StatusNotFound" => "http::STATUS_NOT_FOUND" {
        assert_eq!(http::STATUS_NOT_FOUND, 404);
    }
    "http.StatusMethodNotAllowed" => "http::STATUS_METHOD_NOT_ALLOWED" {
        assert_eq!(http::STATUS_METHOD_NOT_ALLOWED, 405);
    }
    "http.StatusNotAcceptable" => "http::STATUS_NOT_ACCEPTABLE" {
        assert_eq!(http::STATUS_NOT_ACCEPTABLE, 406);
    }
    "http.StatusProxyAuthRequired" => "http::STATUS_PROXY_AUTH_REQUIRED" {
        assert_eq!(http::STATUS_PROXY_AUTH_REQUIRED, 407);
    }
    "http.StatusRequestTimeout" => "http::STATUS_REQUEST_TIMEOUT" {
        assert_eq!(http::STATUS_REQUEST_TIMEOUT, 408);
    }
    "http.StatusConflict" => "http::STATUS_CONFLICT" {
        assert_eq!(http::STATUS_CONFLICT, 409);
    }
    "http.StatusGone" => "http::STATUS_GONE" {
        assert_eq!(http::STATUS_GONE, 410);
    }
    "http.StatusLengthRequired" => "http::STATUS_LENGTH_REQUIRED" {
        assert_eq!(http::STATUS_LENGTH_REQUIRED, 411);
    }
    "http.StatusPreconditionFailed" => "http::STATUS_PRECONDITION_FAILED" {
        assert_eq!(http::STATUS_PRECONDITION_FAILED, 412);
    }
    "http.StatusRequestEntityTooLarge" => "http::STATUS_REQUEST_ENTITY_TOO_LARGE" {
        assert_eq!(http::STATUS_REQUEST_ENTITY_TOO_LARGE, 413);
    }
    "http.StatusRequestURITooLong" => "http::STATUS_REQUEST_URI_TOO_LONG" {
        assert_eq!(http::STATUS_REQUEST_URI_TOO_LONG, 414);
    }
    "http.StatusUnsupportedMediaType" => "http::STATUS_UNSUPPORTED_MEDIA_TYPE" {
        assert_eq!(http::STATUS_UNSUPPORTED_MEDIA_TYPE, 415);
    }
    "http.StatusRequestedRangeNotSatisfiable" => "http::STATUS_REQUESTED_RANGE_NOT_SATISFIABLE" {
        assert_eq!(http::STATUS_REQUESTED_RANGE_NOT_SATISFIABLE, 416);
    }
    "http.StatusExpectationFailed" => "http::STATUS_EXPECTATION_FAILED" {
        assert_eq!(http::STATUS_EXPECTATION_FAILED, 417);
    }
    "http.StatusTeapot" => "http::STATUS_TEAPOT" {
        assert_eq!(http::STATUS_TEAPOT, 418);
    }
    "http.StatusMisdirectedRequest" => "http::STATUS_MISDIRECTED_REQUEST" {
        assert_eq!(http::STATUS_MISDIRECTED_REQUEST, 421);
    }
    "http.StatusUnprocessableEntity" => "http::STATUS_UNPROCESSABLE_ENTITY" {
        assert_eq!(http::STATUS_UNPROCESSABLE_ENTITY, 422);
    }
    "http.StatusLocked" => "http::STATUS_LOCKED" {
        assert_eq!(http::STATUS_LOCKED, 423);
    }
    "http.StatusFailedDependency" => "http::STATUS_FAILED_DEPENDENCY" {
        assert_eq!(http::STATUS_FAILED_DEPENDENCY, 424);
    }
    "http.StatusTooEarly" => "http::STATUS_TOO_EARLY" {
        assert_eq!(http::STATUS_TOO_EARLY, 425);
    }
    "http.StatusUpgradeRequired" => "http::STATUS_UPGRADE_REQUIRED" {
        assert_eq!(http::STATUS_UPGRADE_REQUIRED, 426);
    }
    "http.StatusPreconditionRequired" => "http::STATUS_PRECONDITION_REQUIRED" {
        assert_eq!(http::STATUS_PRECONDITION_REQUIRED, 428);
    }
    "http.StatusTooManyRequests" => "http::STATUS_TOO_MANY_REQUESTS" {
        assert_eq!(http::STATUS_TOO_MANY_REQUESTS, 429);
    }
    "http.StatusRequestHeaderFieldsTooLarge" => "http::STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE" {
        assert_eq!(http::STATUS_REQUEST_HEADER_FIELDS_TOO_LARGE, 431);
    }
    "http.StatusUnavailableForLegalReasons" => "http::STATUS_UNAVAILABLE_FOR_LEGAL_REASONS" {
        assert_eq!(http::STATUS_UNAVAILABLE_FOR_LEGAL_REASONS, 451);
    }
    "http.StatusInternalServerError" => "http::STATUS_INTERNAL_SERVER_ERROR" {
        assert_eq!(http::STATUS_INTERNAL_SERVER_ERROR, 500);
    }
    "http.StatusNotImplemented" => "http::STATUS_NOT_IMPLEMENTED" {
        assert_eq!(http::STATUS_NOT_IMPLEMENTED, 501);
    }
    "http.StatusBadGateway" => "http::STATUS_BAD_GATEWAY" {
        assert_eq!(http::STATUS_BAD_GATEWAY, 502);
    }
    "http.StatusServiceUnavailable" => "http::STATUS_SERVICE_UNAVAILABLE" {
        assert_eq!(http::STATUS_SERVICE_UNAVAILABLE, 503);
    }
    "http.StatusGatewayTimeout" => "http::STATUS_GATEWAY_TIMEOUT" {
        assert_eq!(http::STATUS_GATEWAY_TIMEOUT, 504);
    }
    "http.StatusHTTPVersionNotSupported" => "http::STATUS_HTTP_VERSION_NOT_SUPPORTED" {
        assert_eq!(http::STATUS_HTTP_VERSION_NOT_SUPPORTED, 505);
    }
    "http.StatusVariantAlsoNegotiates" => "http::STATUS_VARIANT_ALSO_NEGOTIATES" {
        assert_eq!(http::STATUS_VARIANT_ALSO_NEGOTIATES, 506);
    }
    "http.StatusInsufficientStorage" => "http::STATUS_INSUFFICIENT_STORAGE" {
        assert_eq!(http::STATUS_INSUFFICIENT_STORAGE, 507);
    }
    "http.StatusLoopDetected" => "http::STATUS_LOOP_DETECTED" {
        assert_eq!(http::STATUS_LOOP_DETECTED, 508);
    }
    "http.StatusNotExtended" => "http::STATUS_NOT_EXTENDED" {
        assert_eq!(http::STATUS_NOT_EXTENDED, 510);
    }
    "http.StatusNetworkAuthenticationRequired" => "http::STATUS_NETWORK_AUTHENTICATION_REQUIRED" {
        assert_eq!(http::STATUS_NETWORK_AUTHENTICATION_REQUIRED, 511);
    }
}
