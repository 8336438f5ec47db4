//! The list of a service's endpoints.

/// Lists the endpoints of a service.
macro_rules! routes {
    ($($endpoint:ident),+ $(,)?) => {
        /// Every route of the service.
        pub const ROUTES: &[$crate::Route] = &[$($endpoint.route),+];

        /// Adds every endpoint of the service to the document.
        #[cfg(feature = "schema")]
        pub(crate) fn describe(document: &mut $crate::schema::Document) {
            $(document.add(&$endpoint);)+
        }
    };
}

pub(crate) use routes;
