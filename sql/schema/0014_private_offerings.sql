-- What notices on Form D tell of: the vehicles of investors, apart from rounds of companies, and what is on offer beside what is sold.
INSERT INTO store.deal_type VALUES
    ('fund_offering', 'private_offering', 'shares of a fund, or of a vehicle for one investment'),
    ('private_offering', 'private_offering', 'offered without registration, neither as a round nor by a fund');
INSERT INTO store.deal_component VALUES
    ('offering', 14, false, 'on offer in all, sold or not'),
    ('remaining', 15, false, 'still on offer');
